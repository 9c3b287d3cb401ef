"""What all modules share and what knows no grant, no organization and no review.

Admission rule: two modules need it today, and it would make sense in a hospital's system.
"""

"""Who is told what about reviews and evaluations."""

"""What is offered, asked, awarded, paid and delivered: fiscal years, calls, applications, contracts, projects.

It keeps the ledger of each fiscal year, so that no award, contract or payment can pass what was approved.
It owns the states of an application and a project; whoever judges them calls its operations with the verdict.
"""

"""Figures of a year for the risk assessment: counted out of headquarters' ledger and tables, and nothing personal.

A *sheet* has *figures*, each of a section and, where it can be told, of a tenant; the same as a page and as CSV.
Duty: R-RISK-1.
"""

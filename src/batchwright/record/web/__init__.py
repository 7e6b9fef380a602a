"""The record explorer: is it whole, what happened, who did it, and how can a stranger check that?"""

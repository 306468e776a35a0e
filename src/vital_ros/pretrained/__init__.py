"""Networks that others trained: their packages, their weights, and what is said when either is not here."""

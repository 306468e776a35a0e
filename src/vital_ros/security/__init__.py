"""SROS 2 policies: which node may do what in the graph."""

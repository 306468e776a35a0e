"""Residual reinforcement learning on frozen features (paper 3.2)."""

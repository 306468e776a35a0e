"""Semantic augmentation: from key points on one frame to masks of every demonstration, and other backgrounds."""

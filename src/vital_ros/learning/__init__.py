"""Learning from episodes: datasets and behaviour cloning."""

"""Where the third camera stands, and how the wrist camera's lens bends: from pictures of a ChArUco board."""

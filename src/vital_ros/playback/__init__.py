"""Playing a recorded episode to the live nodes, and comparing what they do now with what they did then."""

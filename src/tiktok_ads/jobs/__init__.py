"""What is to run when, what ran, and what came of it; calls sync."""

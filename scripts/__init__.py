"""What the scripts do in Python."""

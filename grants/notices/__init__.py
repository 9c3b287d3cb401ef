"""Who is told: one notice a message."""

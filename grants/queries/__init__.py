"""What is read: select builders and totals, each within its reader's sight."""

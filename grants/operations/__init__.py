"""What people and jobs do: one function a deed, the only code that writes."""

"""The papers of evaluation."""

"""May it be done to this review or evaluation now: each rule gives a sentence, or None."""

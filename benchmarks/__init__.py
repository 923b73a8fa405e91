"""What a claim about speed rests on; run by hand and recorded, never a timed test."""

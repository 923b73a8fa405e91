"""What runs say of a claim: values read off them, differences over seeds, and verdicts."""

"""Looking inside a trained network: pure functions over a model and tensors.

All take a network in fp32 whose mode they leave as it was, and random streams as explicit
generators. None knows a file, a page or a run.
"""

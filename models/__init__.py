"""Networks: FairMOT's architectures, deformable convolution, heads.

Knows torch and nothing of this project.
"""

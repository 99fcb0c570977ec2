"""The networks of a suite: trained or loaded, run over pictures, measured.

Each step is a stage of the store.
"""

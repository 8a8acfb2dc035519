"""Child programs in boxes: how a box is built, watched and tried."""

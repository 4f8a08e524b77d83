"""Limits and retries as arithmetic and data: who may go when. Waiting is the halves' business."""

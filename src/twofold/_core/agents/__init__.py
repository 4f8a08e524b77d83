"""What a run is, as data: its memory, events, checks, results and state. Running is the halves' business."""

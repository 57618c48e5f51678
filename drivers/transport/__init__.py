"""How bytes reach a driver. Today: recorded pictures; later rooms add USB, V4L2, GPIO, RTSP, and the tap."""

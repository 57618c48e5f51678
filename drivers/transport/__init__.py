"""How bytes reach a driver: recorded pictures, and USB. Later rooms add V4L2, GPIO, RTSP, and the tap."""

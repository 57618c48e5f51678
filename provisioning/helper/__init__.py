"""`smilius helper`: what an integrator needs who writes a vendor's helper."""

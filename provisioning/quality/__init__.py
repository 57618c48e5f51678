"""`smilius quality`: what the judges say of pictures in files."""

"""The prints: finger found and framed, quality measured, fingers chosen by the rule."""

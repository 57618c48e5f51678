"""Examples take microseconds; how long the machine takes to come round to them is not what is tested."""

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

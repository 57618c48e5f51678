from tests.agent.conftest import short_folder

__all__ = ["short_folder"]

from drivers.contract import Options
from drivers.ids import known_ids
from drivers.registry import DRIVERS


def test_whatever_is_plugged_in_has_a_driver_that_there_is() -> None:
    ids = known_ids()
    for one in (*ids.usb, *ids.csi, *ids.node):
        assert one.driver in DRIVERS[one.kind]


def test_nothing_is_listed_twice() -> None:
    ids = known_ids()
    listed = [(one.vendor, one.product) for one in ids.usb] + [(one.vendor, one.product) for one in ids.closed]
    assert len(listed) == len(set(listed))


def test_options_and_sensors_are_the_drivers_own() -> None:
    from drivers.camera.picamera2_csi import Options as Ribbon
    from drivers.camera.v4l2 import Options as Video
    from drivers.fingerprint.futronic_fs80 import Options as Futronic
    from drivers.fingerprint.uareu_4000 import Options as Uareu

    own: dict[str, type[Options]] = {"futronic": Futronic, "uareu": Uareu}
    for one in known_ids().usb:
        # by these the roll tells which one is meant (agent/devices/roll.py)
        assert {"path", "serial", *([one.option] if one.option else [])} <= own[one.driver].model_fields.keys()
    assert "device" in Video.model_fields
    assert "sensor" in Ribbon.model_fields
    assert [Ribbon(sensor=one.sensor).sensor for one in known_ids().csi] == [one.sensor for one in known_ids().csi]

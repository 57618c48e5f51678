"""Device models that answer with the protocol's bytes, and thin adapters that carry them.

A *model* is a device without a transport: it takes what the host sends and gives what the device would, at the time at
which it would. It is written from the facts pages and knows nothing of the driver. An *adapter* puts any model behind a
transport: `ibackend` behind pyusb in this process, `umockdev_host` behind the system's own libusb. What is in
`usb`, `futronic`, `uareu` and `umockdev_host` needs nothing but Python, so that Debian's own interpreter can run it.
"""

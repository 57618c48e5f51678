"""The broker's configuration: TLS, client certificates, one ACL pattern for all stations."""

# The bucket is gone from the configuration.

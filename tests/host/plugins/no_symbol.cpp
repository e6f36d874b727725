// A shared library that is no plugin.
extern "C" __attribute__((visibility("default"))) int strata_plugin_v0() { return 1; }

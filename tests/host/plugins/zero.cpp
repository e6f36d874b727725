// A null pointer where the descriptor would be: no byte of the file holds it.
extern "C" __attribute__((visibility("default"))) void* strata_plugin_v1;
void* strata_plugin_v1 = nullptr;

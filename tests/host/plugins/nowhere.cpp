// A library that no search path leads to.
int from_nowhere() { return 1; }

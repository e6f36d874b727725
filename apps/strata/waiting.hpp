// How the threads of this process wait for each other.
#pragma once

namespace strata::app {

// OpenMP's threads spin at a barrier for milliseconds before they sleep, which is well while they have the machine to
// themselves and ruinous beside any other busy process. Here they spin for some microseconds, unless the environment
// says otherwise (OMP_WAIT_POLICY, GOMP_SPINCOUNT). The runtime reads it when it is loaded, before main: so the program
// starts itself once more. Returns when there is nothing to do, or when that does not work.
void settle_waiting(char** words);

}  // namespace strata::app

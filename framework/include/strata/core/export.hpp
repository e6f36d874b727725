// STRATA_API: marks what libstrata exports; everything else is hidden.
#pragma once

#define STRATA_API __attribute__((visibility("default")))

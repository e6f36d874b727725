# strata bench: unknown jobs; the rest is measurement.
refuses 2 'E_USAGE_JOB' bench lstmm
refuses 2 'bench --precision: ' bench --precision f16
refuses 2 'bench --seconds: ' bench --seconds 0

# A loss, or weights, that are no numbers any more: exit 9, and the last good checkpoint is what it was.
# The first step makes weights infinite: a sum of their products is no number after that, whether or not a kernel rounds
# each product before it adds.
run=$work/diverged
wild='train.optimizer={"type":"sgd","lr":1000,"weight_decay":1e38}'
sed 's/"type": "supervised"/"type": "supervised", "optimizer": "sgd"/' "$work/par.json" >"$work/sgd.json"
succeeds train "$work/sgd.json" --output "$run" --quiet
guard=$run
refuses_at 9 E_DIVERGED 'update 6' "the last good checkpoint is $run/checkpoint-4" \
  train "$work/sgd.json" --output "$run" --quiet --set "$wild" --set train.max_updates=50 --set train.validate_every=50 --set train.checkpoint_every=50
# Weights that went bad are not saved either, when a checkpoint is due before the next loss.
refuses_at 9 E_DIVERGED 'update 5' 'the norm of the weights is inf' \
  train "$work/sgd.json" --output "$run" --quiet --set "$wild" --set train.max_updates=50 --set train.validate_every=50 --set train.checkpoint_every=1
succeeds translate "$run" --quiet
guard=''
succeeds train "$work/sgd.json" --output "$run" --quiet --set train.max_updates=6
refuses_at 9 E_DIVERGED 'update 2' 'no checkpoint was saved before' \
  train "$work/sgd.json" --output "$work/diverged-new" --quiet --set "$wild" --set train.max_updates=50 --set train.validate_every=50 --set train.checkpoint_every=50

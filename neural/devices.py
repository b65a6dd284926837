"""The same training step on one device, on eight, on many machines.

*Data parallelism*: every device holds all parameters and a share of the batch's rows.
The mean over the batch in the loss is then a sum over devices, and XLA puts that sum
(one all-reduce of the gradients) into the step by itself, because the arrays say where
they live. So no model knows how many devices there are:

    state replicated, batch shared by rows  ->  jit(update)  ->  state replicated

Up to the order of summation the numbers are those of one device. That order moves a
gradient by about 1e-8, which Adam makes as large as any other step where the gradient
itself is no larger: an eps above that (optax has 1e-8) keeps such parameters still.

With several processes (one for each machine, as a rule), each brings the rows of `rows`
and the first alone writes files. They find each other through the first one's address;
on clusters that JAX knows (Slurm, TPU pods, Open MPI) by themselves.

Processes do not outlive each other: the rest end within HEARTBEAT seconds or so after
one was lost. Start them all again with --resume, and they go on from the last
checkpoint.
"""

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as Spec

HEARTBEAT = 10  # seconds without a sign of life until a process counts as lost


def connect(address):
    """Join the other processes of this run; to be called before anything of JAX.

    Args:
      address: "host:port/count/index" (of the first process; how many there are; which
        one this is, from 0), or "auto" on a cluster that JAX knows.

    Raises:
      ValueError: if the address is not of that form.
    """
    told = {} if address == "auto" else _read(address)
    jax.distributed.initialize(**told, heartbeat_timeout_seconds=HEARTBEAT)


def _read(address):
    """What `jax.distributed.initialize` wants, from host:port/count/index."""
    host, _, rest = str(address).partition("/")
    count, _, index = rest.partition("/")
    name, _, port = host.rpartition(":")
    numbers = all(part.isdigit() for part in (port, count, index))
    if not (name and numbers and int(index) < int(count)):
        raise ValueError(
            "address must be auto or host:port/count/index with index below count, "
            f"for example 10.0.0.1:1234/2/0; got {address!r}"
        )
    return {
        "coordinator_address": host,
        "num_processes": int(count),
        "process_id": int(index),
    }


def open_mesh(n_devices=None, address=None):
    """Devices for a run, as asked for at the shell; before anything of JAX.

    Args:
      n_devices: how many, of this process; a processor is split into as many, which is
        for trying things out, not quicker. None takes what there is.
      address: see `connect`; None for a process alone.

    Returns:
      What `mesh` returns; None where there is one device only.
    """
    if n_devices:
        jax.config.update("jax_num_cpu_devices", n_devices)
    if address:
        connect(address)
    alone = jax.process_count() == 1
    if alone and (n_devices or len(jax.devices())) == 1:
        return None
    return mesh(n_devices if alone else None)


def mesh(n_devices=None):
    """Devices in a row, those of all processes together.

    Args:
      n_devices: how many; None takes all. With several processes: all.

    Returns:
      `jax.sharding.Mesh` with the one axis "data".

    Raises:
      ValueError: if there are fewer.
    """
    found = jax.devices()
    n_devices = len(found) if n_devices is None else n_devices
    if not 1 <= n_devices <= len(found):
        raise ValueError(
            f"n_devices must be 1 to {len(found)}, the devices there are "
            f"({found[0].platform}); got {n_devices}"
        )
    if jax.process_count() > 1 and n_devices < len(found):
        raise ValueError("several processes share all devices; n_devices must be None")
    return jax.sharding.Mesh(np.array(found[:n_devices]), ("data",))


def rows(batch_size):
    """The rows of each batch that this process brings: a slice.

    Raises:
      ValueError: if the processes cannot share the batch evenly.
    """
    share, rest = divmod(batch_size, jax.process_count())
    if rest:
        raise ValueError(
            f"batch_size must be a multiple of the {jax.process_count()} processes; "
            f"got {batch_size}"
        )
    return slice(jax.process_index() * share, (jax.process_index() + 1) * share)


def is_first():
    """Whether this process writes the files: the first does."""
    return jax.process_index() == 0


def everywhere(mesh):
    """The sharding of what every device holds whole."""
    return NamedSharding(mesh, Spec())


def replicate(state, mesh):
    """Put a tree of arrays, the same in every process, whole onto every device."""
    sharding = everywhere(mesh)

    def put(leaf):
        leaf = np.asarray(leaf)
        return jax.make_array_from_callback(leaf.shape, sharding, lambda i: leaf[i])

    return jax.tree.map(put, state)


def share(batch, mesh):
    """Spread this process's rows of a batch over its devices.

    Args:
      batch: tree of arrays (rows, ...), this process's part of them.
      mesh: from `mesh`.

    Returns:
      The tree as global arrays (all rows, ...), each device holding its own.

    Raises:
      ValueError: if the devices cannot share the rows evenly.
    """
    sharding = NamedSharding(mesh, Spec("data"))
    n_local = mesh.local_mesh.size

    def put(leaf):
        if leaf.ndim == 0 or leaf.shape[0] % n_local:
            raise ValueError(
                f"each array of a batch must have a multiple of {n_local} rows, so "
                f"that {n_local} devices can share it; got shape {leaf.shape}"
            )
        return jax.make_array_from_process_local_data(sharding, np.asarray(leaf))

    return jax.tree.map(put, batch)


def sharing(batches, mesh):
    """The same function from step to batch, each batch shared over the mesh."""
    return lambda step: share(batches(step), mesh)


def from_first(tree):
    """What the first process holds, in every process."""
    if jax.process_count() == 1:
        return tree
    return multihost_utils.broadcast_one_to_all(tree)

"""The first words with a host that is to be a node: its key is shown, and our own key is let in through the gate."""

import asyncio
from pathlib import Path

from domain.errors import Conflict, Unavailable
from domain.joining import Candidate, Pass, Shown
from provisioning import kit, sentences
from provisioning.host import Address, HostKeyChanged, NodeRefused, NodeUnreachable, key_pair, presented_key, run_once

# Run once, as the host's root, with the gate on standard input; idempotent. On a Proxmox host authorized_keys is a link
# into the cluster's file system, where nothing can be renamed over it and no mode be set: it is added to in place.
_INSTALL = """
set -eu
umask 077
container=$1 key=$2 comment=$3
command -v pct >/dev/null || PATH=$PATH:/usr/sbin:/sbin
command -v pct >/dev/null || { echo "alta: no pct" >&2; exit 69; }
pct exec "$container" -- true </dev/null || { echo "alta: no container" >&2; exit 68; }
mkdir -p "$HOME/.alta" "$HOME/.ssh"
cat >"$HOME/.alta/gate.new"
[ -s "$HOME/.alta/gate.new" ]
chmod 755 "$HOME/.alta/gate.new"
mv -f "$HOME/.alta/gate.new" "$HOME/.alta/gate"
keys=$HOME/.ssh/authorized_keys
[ -e "$keys" ] || : >"$keys"
line="command=\\"$HOME/.alta/gate $container\\",restrict $key $comment"
if grep -qxF -e "$line" "$keys"; then exit 0; fi
if grep -qF -e "$key" "$keys"; then
  others=$(grep -vF -e "$key" "$keys" || true)
  printf '%s\\n' "$others" "$line" >"$keys"
else
  if [ -s "$keys" ] && [ -n "$(tail -c 1 "$keys")" ]; then echo >>"$keys"; fi
  printf '%s\\n' "$line" >>"$keys"
fi
"""
_REFUSALS = {
    69: "Ahí no hay un Proxmox: falta la orden pct. Comprueba la dirección y que el usuario sea root.",
    68: "El contenedor {container} no existe en ese host, o está apagado.",
}


class SshDoor:
    """`domain.joining.Door` over SSH."""

    async def shown(self, host: str, port: int) -> Shown:
        """The key that answers there now. Raises Unavailable."""
        try:
            return Shown(*await presented_key(host, port))
        except NodeUnreachable as error:
            raise Unavailable(sentences.unreachable(host, str(error)).staff) from error

    async def install(self, candidate: Candidate, known_host: str, key_file: Path, once: Pass) -> None:
        """Makes our key where there is none, and binds it to the gate on the host. Raises Unavailable, Conflict."""
        address = Address(
            candidate.name, candidate.host, candidate.port, candidate.user, key_file, known_host, candidate.container
        )
        try:
            public = await asyncio.to_thread(key_pair, key_file, f"alta-{candidate.name}")
            kind, body, comment = public.split()
            argv = ["sh", "-c", _INSTALL, "alta", str(candidate.container), f"{kind} {body}", comment]
            gate = await asyncio.to_thread(kit.HOST_GATE.read_bytes)
            done = await run_once(address, argv, gate, password=once.password, private_key=once.private_key)
        except HostKeyChanged as error:
            raise Conflict("El host ya no se presenta con la clave que confirmaste. No se le envió nada.") from error
        except NodeRefused as error:
            raise Conflict(_not_let_in(str(error), once)) from error
        except NodeUnreachable as error:
            raise Unavailable(sentences.unreachable(candidate.name, str(error)).staff) from error
        if done.exit_status:
            reason = _REFUSALS.get(done.exit_status, "El host no dejó instalar la puerta: {said}")
            raise Conflict(reason.format(container=candidate.container, said=done.said))


def _not_let_in(error: str, once: Pass) -> str:
    if "no private key" in error:
        return "Eso no es una clave privada sin contraseña, en formato OpenSSH o PEM."
    if "key file" in error:
        return f"Nuestra clave no se puede leer o hacer: {error}"
    return f"El host no aceptó la {'contraseña' if once.password else 'clave'}."

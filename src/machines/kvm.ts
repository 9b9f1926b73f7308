/**
 * A script that prints `yes` where KVM really runs a guest, else `no`: `/dev/kvm` may be there and not work. Where QEMU is still to be
 * installed, that it is there has to do. The guest is a boot
 * sector that writes 0x10 to QEMU's debug exit port, upon which QEMU ends with (0x10 << 1) | 1 = 33.
 * It stands there in octal: mov dx, 0xf4; mov al, 0x10; out dx, al; hlt.
 */
export const BOOTS_BY_KVM = `command -v qemu-system-x86_64 > /dev/null || {
  if [ -c /dev/kvm ]; then echo yes; else echo no; fi
  exit 0
}
sector=$(mktemp)
trap 'rm -f "$sector"' EXIT
printf '\\272\\364\\000\\260\\020\\356\\364' > "$sector"
truncate -s 510 "$sector"
printf '\\125\\252' >> "$sector"
code=0
timeout 20 qemu-system-x86_64 -accel kvm -m 32 -display none -nodefaults -no-reboot \\
  -device isa-debug-exit,iobase=0xf4,iosize=0x04 -drive "file=$sector,format=raw,if=ide" > /dev/null 2>&1 || code=$?
if [ "$code" = 33 ]; then echo yes; else echo no; fi`;

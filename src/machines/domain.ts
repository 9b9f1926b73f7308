import { disksOf, type PlannedDisk } from "./disks.ts";
import { macOf, shortHash, uuidOf } from "./identity.ts";
import { vmPlaces } from "./places.ts";
import type { Vm } from "./vm.ts";
import { element, renderXml, type XmlElement } from "./xml.ts";

/** How the processor of a VM is run: by the hardware, or translated by QEMU, some 10 to 30 times slower. */
export type Accelerator = "kvm" | "qemu";

/** The namespace of what smc writes into a domain for itself. */
const NAMESPACE = "urn:smc:vm";
/** A system that gave up, or does not find its disk, begins anew after a minute: nobody is there who would press a key. */
const KERNEL_COMMAND_LINE = "root=LABEL=root ro console=ttyS0 net.ifnames=0 panic=60";
/**
 * A kernel that is translated on a busy machine may find no tick of its timer in time and give up: "IO-APIC + timer doesn't work!"
 * (github.com/cirros-dev/cirros/issues/69). Under KVM the kernel leaves that check out by itself.
 */
const TRANSLATED = "no_timer_check";

/** A domain as libvirt reads it, and the hash by which the definition is known again. */
export interface RenderedDomain {
  xml: string;
  definition: string;
}

/** Renders the libvirt domain of a VM (libvirt.org/formatdomain.html). The kernel is given by the machine: images need no boot loader. */
export function renderDomain(vm: Vm, accelerator: Accelerator): RenderedDomain {
  const definition = shortHash(renderXml(domain(vm, accelerator, "")));
  return { xml: renderXml(domain(vm, accelerator, definition)), definition };
}

function domain(vm: Vm, accelerator: Accelerator, definition: string): XmlElement {
  const { name, deployment, host } = vm;
  const note = { "xmlns:smc": NAMESPACE, deployment, definition };
  return element("domain", { type: accelerator }, [
    element("name", {}, [name]),
    element("uuid", {}, [uuidOf(vm)]),
    element("metadata", {}, [element("smc:vm", note)]),
    element("memory", { unit: "bytes" }, [String(host.ram ?? 0)]),
    element("vcpu", {}, [String(host.cores ?? 1)]),
    boot(vm, accelerator),
    element("features", {}, [element("acpi"), element("apic")]),
    ...(accelerator === "kvm" ? [element("cpu", { mode: "host-passthrough" })] : []),
    element("clock", { offset: "utc" }),
    element("on_poweroff", {}, ["destroy"]),
    element("on_reboot", {}, ["restart"]),
    element("on_crash", {}, ["restart"]),
    devices(vm),
  ]);
}

function boot({ name }: Vm, accelerator: Accelerator): XmlElement {
  const { kernel, initrd } = vmPlaces(name);
  return element("os", {}, [
    element("type", { arch: "x86_64", machine: "q35" }, ["hvm"]),
    element("kernel", {}, [kernel]),
    element("initrd", {}, [initrd]),
    element("cmdline", {}, [
      accelerator === "kvm" ? KERNEL_COMMAND_LINE : `${KERNEL_COMMAND_LINE} ${TRANSLATED}`,
    ]),
  ]);
}

function devices(vm: Vm): XmlElement {
  const { cache, network } = vm.settings;
  const { overlay, seed, console } = vmPlaces(vm.name);
  return element("devices", {}, [
    disk({ path: overlay, type: "file", format: "qcow2", target: "vda" }, cache),
    disk({ path: seed, type: "file", format: "raw", target: "vdb" }, "none", [element("readonly")]),
    ...disksOf(vm).map(planned => disk(planned, cache)),
    element("interface", { type: "bridge" }, [
      element("mac", { address: macOf(vm) }),
      element("source", { bridge: network.bridge }),
      element("model", { type: "virtio" }),
    ]),
    element("serial", { type: "pty" }, [
      element("log", { file: console, append: "on" }),
      element("target", { port: 0 }),
    ]),
    element("console", { type: "pty" }, [element("target", { type: "serial", port: 0 })]),
    element("rng", { model: "virtio" }, [element("backend", { model: "random" }, ["/dev/urandom"])]),
  ]);
}

function disk(
  { path, type, format, target }: Pick<PlannedDisk, "path" | "type" | "format" | "target">,
  cache: string,
  more: readonly XmlElement[] = [],
): XmlElement {
  return element("disk", { type, device: "disk" }, [
    element("driver", { name: "qemu", type: format, cache }),
    element("source", type === "file" ? { file: path } : { dev: path }),
    element("target", { dev: target, bus: "virtio" }),
    ...more,
  ]);
}

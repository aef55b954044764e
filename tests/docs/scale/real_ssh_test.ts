/** `parallel.sh` over a real sshd: two machines that are this one. */
import assert from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";
import { digests } from "../../soak/pictures.ts";
import { ROOT, testIf } from "../../support/shared.ts";
import { freePort, IS_ROOT, missingOf, programPath, Servers, until } from "./servers.ts";
import { facts, SCALE, sh, WINDOWS, withWhole } from "./support.ts";

const MISSING = missingOf(["parallel", "ssh", "sshd", "ssh-keygen", ...IS_ROOT ? ["unshare"] : []]);

/** As root, sshd wants a folder of the system, which is made where only it sees it. */
const AS_ROOT = 'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$@"';

/** Whether root may do that. */
function canMount(): boolean {
  if (!IS_ROOT) return true;
  const args = ["--mount", "sh", "-c", AS_ROOT, "sh", "true"];
  return new Deno.Command("unshare", { args, stderr: "null" }).outputSync().success;
}

/** The machines `one` and `two` are this one; at `gone` nobody answers. Returns the log of sshd. */
async function startSshd(cwd: string, servers: Servers): Promise<string> {
  for (const name of ["host", "user"]) {
    await sh(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(cwd, name)], { cwd });
  }
  const [port, closed] = [freePort(), freePort()];
  const path = [SCALE, dirname(Deno.execPath()), "/usr/bin", "/bin"].join(delimiter);
  const settings = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${cwd}/host`,
    `AuthorizedKeysFile ${cwd}/user.pub`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    `SetEnv BNECK_HOME=${ROOT} PATH=${path}`,
  ];
  await Deno.writeTextFile(join(cwd, "sshd_config"), settings.join("\n") + "\n");
  const machine = (names: string, port: number) =>
    `Host ${names}
  HostName 127.0.0.1
  Port ${port}
  IdentityFile ${cwd}/user
  IdentitiesOnly yes
  UserKnownHostsFile ${cwd}/known
  StrictHostKeyChecking accept-new
`;
  await Deno.writeTextFile(join(cwd, "ssh_config"), machine("one two", port) + machine("gone", closed));
  const log = join(cwd, "sshd.log");
  const args = ["-D", "-f", `${cwd}/sshd_config`, "-E", log];
  if (!IS_ROOT) servers.start("sshd", args);
  else servers.start("unshare", ["--mount", "sh", "-c", AS_ROOT, "sh", programPath("sshd")!, ...args]);
  const answers = async () =>
    (await sh(["ssh", "-F", `${cwd}/ssh_config`, "one", "true"], { cwd })).code === 0;
  await until(answers, () => Deno.readTextFileSync(log));
  return log;
}

testIf(
  !WINDOWS && MISSING.length === 0 && canMount(),
  MISSING.length > 0 ? `no ${MISSING.join(", ")}` : "root may not mount, which its sshd needs",
  "GNU parallel over a real sshd: shards on two machines leave what one run leaves, and a machine that is gone delays it only",
  () =>
    withWhole(["--save", "ids"], async (cwd, printed) => {
      const servers = new Servers();
      try {
        const log = await startSshd(cwd, servers);
        await Deno.writeTextFile(join(cwd, "hosts.txt"), "one\ntwo\n");
        const env = { HOSTS: "hosts.txt", HOME: cwd, PARALLEL_SSH: `ssh -F ${cwd}/ssh_config` };
        const run = (out: string, ...flags: string[]) =>
          sh([
            `${SCALE}/parallel.sh`,
            "3",
            "run",
            `${cwd}/photos`,
            "-o",
            out,
            "--save",
            "ids",
            "--size",
            "64",
            ...flags,
          ], {
            cwd,
            env,
          });
        const { code, stderr } = await run(`${cwd}/out 1`, "--jsonl");
        assert.equal(code, 0, stderr);
        assert.deepEqual(digests(join(cwd, "out 1")), digests(join(cwd, "whole")));
        const lines = [1, 2, 3].map((shard) => Deno.readTextFileSync(`${cwd}/shards/1/${shard}/stdout`));
        assert.deepEqual(facts(lines.join("")), facts(printed));
        const sessions = (await Deno.readTextFile(log)).match(/Accepted publickey/g)!;
        assert.ok(sessions.length >= 4, `${sessions.length} sessions`);
        const ran = (await Deno.readTextFile(join(cwd, "shards.log"))).trim().split("\n").slice(1);
        assert.deepEqual(new Set(ran.map((line) => line.split("\t")[1])), new Set(["one", "two"]));

        await Deno.writeTextFile(join(cwd, "hosts.txt"), "gone\none\n");
        const again = await run(`${cwd}/out 2`);
        assert.equal(again.code, 0, again.stderr);
        assert.deepEqual(digests(join(cwd, "out 2")), digests(join(cwd, "whole")));
      } finally {
        await servers.stop();
      }
    }),
);

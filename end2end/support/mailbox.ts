// A mail server of a test's own: it takes every message, but for the addresses it is told to refuse.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

export class Mailbox {
  /** The addresses for which a message was taken, in order. */
  readonly taken: string[] = [];
  private readonly refused = new Set<string>();
  private readonly talks = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Mailbox> {
    const mailbox = new Mailbox(createServer((socket) => void mailbox.talk(socket)).listen(0, "127.0.0.1"));
    await once(mailbox.server, "listening");
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Says from now on that nobody has this address. */
  refuse(address: string): void {
    this.refused.add(address);
  }

  close(): void {
    for (const talk of this.talks) talk.destroy();
    this.server.close();
  }

  private async talk(socket: Socket): Promise<void> {
    this.talks.add(socket);
    socket.on("error", () => socket.destroy());
    const say = (line: string) => socket.write(`${line}\r\n`);
    let to = "";
    let isMessage = false;
    say("220 mailbox ESMTP");
    for await (const line of createInterface({ input: socket })) {
      if (isMessage) {
        if (line !== ".") continue;
        isMessage = false;
        this.taken.push(to);
        say("250 taken");
        continue;
      }
      const recipient = line.match(/^RCPT TO:<([^>]*)>/)?.[1];
      if (recipient !== undefined) to = recipient;
      if (recipient !== undefined && this.refused.has(recipient)) say("550 5.1.1 nobody has this address");
      else if (line.startsWith("EHLO")) say("250 mailbox");
      else if (line === "QUIT") say("221 bye");
      else if ((isMessage = line === "DATA")) say("354 go on");
      else say("250 ok");
    }
    this.talks.delete(socket);
  }
}

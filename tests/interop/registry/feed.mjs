// Feeds a file of messages (a JSON array of texts) to an HL7 listener by one of npm's clients, one after the other, and prints each answer as
// "CONTROL CODE" once it is there. Ends early, and says nothing, when the listener does.
//
//   node feed.mjs simple-hl7|node-hl7-client PORT FILE
import { readFileSync, writeSync } from "node:fs";
import simple from "simple-hl7";
import { Client, Message } from "node-hl7-client";

const host = "127.0.0.1";

/* Each: (port) → ask, which sends a text as the library itself writes it and gives the answer's MSA-1 and MSA-2. */
const clients = {
    async "simple-hl7"(port) {
        const parser = new simple.Parser({ segmentSeperator: "\r" });
        const client = simple.Server.createTcpClient({ host, port, keepalive: true });
        return (text) => new Promise((done, failed) => {
            client.send(parser.parse(text), (fault, answer) => {
                if (fault) return failed(fault);
                const msa = answer.getSegment("MSA");
                done([msa.getField(1), msa.getField(2)]);
            });
        });
    },
    async "node-hl7-client"(port) {
        let answered;
        const connection = new Client({ host }).createConnection({ port, waitAck: true }, (answer) => {
            const said = answer.getMessage();
            answered([said.get("MSA.1").toString(), said.get("MSA.2").toString()]);
        });
        await new Promise((done) => connection.once("connect", done));
        return (text) => new Promise((done, failed) => {
            answered = done;
            connection.once("data.error", failed);
            connection.sendMessage(new Message({ text })).catch(failed);
        });
    },
};

const [library, port, file] = process.argv.slice(2);
const ask = await clients[library](Number(port));
for (const text of JSON.parse(readFileSync(file, "utf8"))) {
    let answer;
    try {
        answer = await ask(text);
    } catch (fault) {
        if (!fault.code) throw fault;
        process.exit(3);
    }
    writeSync(1, `${answer[1]} ${answer[0]}\n`);
}
process.exit(0);

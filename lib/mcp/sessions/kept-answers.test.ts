import { expect, test } from "vitest";
import { KeptAnswers } from "./kept-answers";
import { ReplayChannel } from "./replay-channel";

const anAnswer = (chars: number) => {
  const answer = { chars, forget: () => void Object.assign(answer, { chars: 0 }) };
  return answer;
};

test("a complete answer is kept for so long, and once", () => {
  const all = new KeptAnswers(1_000, 100);
  const [first, second] = [anAnswer(10), anAnswer(10)];
  all.keep(first, 0);
  all.keep(second, 600);
  all.keep(first, 900);
  all.sweep(999);
  expect([first.chars, second.chars]).toEqual([10, 10]);
  all.sweep(1_000);
  expect([first.chars, second.chars]).toEqual([0, 10]);
  all.sweep(1_600);
  expect(second.chars).toBe(0);
});

test("all together hold so much at the most, and the oldest gives way", () => {
  const all = new KeptAnswers(1_000, 100);
  const answers = [40, 40, 40, 90].map(anAnswer);
  const kept = answers.map((answer, i) => {
    all.keep(answer, i);
    return answers.map(({ chars }) => chars);
  });
  expect(kept).toEqual([
    [40, 40, 40, 90],
    [40, 40, 40, 90],
    [0, 40, 40, 90],
    [0, 0, 0, 90],
  ]);
});

test("an answer that was let go of says nothing more to a client that comes back for it", () => {
  const channel = new ReplayChannel(1, "epoch-1", true);
  const written: string[] = [];
  channel.send("the answer");
  channel.end();
  const read = () => {
    written.length = 0;
    channel.resume(0).attach({ write: (text) => written.push(text) > 0, close: () => written.push("closed"), cut: () => {} });
    return written.join("");
  };
  expect(read()).toMatch(/the answer[\s\S]*closed$/);
  channel.forget();
  expect(read()).not.toContain("the answer");
  expect(written.at(-1)).toBe("closed");
});

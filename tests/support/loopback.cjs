// Preload for third-party servers in tests: whatever they listen on, they listen on 127.0.0.1 only.
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const [first] = args;
  if (typeof first === "object" && first && "port" in first && !first.path) return listen.call(this, { ...first, host: "127.0.0.1" }, ...args.slice(1));
  if (typeof first === "number" || /^\d+$/.test(String(first ?? ""))) {
    return listen.call(
      this,
      { port: Number(first), host: "127.0.0.1" },
      args.find((arg) => typeof arg === "function"),
    );
  }
  return listen.apply(this, args);
};

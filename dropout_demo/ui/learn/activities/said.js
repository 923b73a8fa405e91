// One sentence, read out when it changes.

class Said {
  constructor(parent) {
    this.frame = new Frame(parent, "only-said");
  }

  update({ said }) {
    this.frame.say(said);
  }
}

export default mounted(Said);

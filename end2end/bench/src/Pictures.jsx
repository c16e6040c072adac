// The keypad of animals on which a child with a picture PIN signs in.
import { Button, useFocus } from "./parts.jsx";

/** The digit of a picture is its place. */
const NAMES = ["Cat", "Dog", "Fish", "Rabbit", "Elephant", "Penguin", "Butterfly", "Owl", "Snail", "Turtle"];

function Picture({ digit, size }) {
  const name = NAMES[digit];
  return <img src={`/pictures/${name.toLowerCase()}.svg`} alt={name} width={size} height={size} />;
}

/** The digits 0 to 9 and Backspace work as well while the focus is in here. */
export function Pictures({ count, pin, problem, isBusy, onChange, onComplete }) {
  const choose = (digit) => {
    if (isBusy || pin.length >= count) return;
    onChange(pin + digit);
    if (pin.length + 1 === count) onComplete(pin + digit);
  };
  const takeBack = () => isBusy || onChange(pin.slice(0, -1));
  const press = ({ key }) => {
    if (key === "Backspace") takeBack();
    else if (/^\d$/.test(key)) choose(key);
  };
  return (
    <div className="stack" onKeyDown={press}>
      <h2 tabIndex={-1} ref={useFocus()}>Choose your {count} pictures</h2>
      <div role="alert">{problem && <Refused {...problem} />}</div>
      <p className="visually-hidden" role="status">{pin.length} of {count} chosen</p>
      <ol className="picture-slots" aria-label="Pictures chosen so far">
        {Array.from({ length: count }, (_, place) => (
          <li key={place} className={pin[place] ? "picture-slot picture-slot-filled" : "picture-slot"}>
            {pin[place] && <Picture digit={pin[place]} size="44" />}
          </li>
        ))}
      </ol>
      <div className="pictures" role="group" aria-label="Pictures">
        {NAMES.map((name, digit) => (
          <button key={name} type="button" className="picture" onClick={() => choose(digit)}>
            <Picture digit={digit} size="72" />
          </button>
        ))}
      </div>
      <div className="row">
        <Button look="button button-secondary" isBusy={isBusy} onPress={takeBack}>Undo the last picture</Button>
      </div>
    </div>
  );
}

/** Why the last try did not work, in a child's words. */
function Refused({ type, title, detail }) {
  const isWrong = type === "wrong-credentials";
  return (
    <>
      <p className="field-error">{isWrong ? "Those are not your pictures" : title}</p>
      <p>{isWrong ? "Look at your card, and try again." : detail}</p>
    </>
  );
}

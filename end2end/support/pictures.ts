/** The pictures of a picture PIN, each under its digit. */
export const PICTURES = ["Cat", "Dog", "Fish", "Rabbit", "Elephant", "Penguin", "Butterfly", "Owl", "Snail", "Turtle"];

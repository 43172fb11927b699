/* SPDX-License-Identifier: MIT */
/* The usages of controls that people move: Generic Desktop to Telephony, and the keyboard.
 * HID Usage Tables 1.4; see hid-usage.h. */
#include "layout/decode/hid-usage.h"

/* clang-format off */
static const struct hid_run desktop[] = {
	{0x01,
		"Pointer;Mouse;;Joystick;Gamepad;Keyboard;Keypad;Multi-axis Controller;"
		"Tablet PC System Controls;Water Cooling Device;Computer Chassis Device;"
		"Wireless Radio Controls;Portable Device Control;System Multi-Axis Controller;"
		"Spatial Controller;Assistive Control;Device Dock;Dockable Device;"
		"Call State Management Control"},
	{0x30,
		"X;Y;Z;Rx;Ry;Rz;Slider;Dial;Wheel;Hat Switch;Counted Buffer;Byte Count;"
		"Motion Wakeup;Start;Select;;Vx;Vy;Vz;Vbrx;Vbry;Vbrz;Vno;Feature Notification;"
		"Resolution Multiplier;Qx;Qy;Qz;Qw"},
	{0x80,
		"System Control;System Power Down;System Sleep;System Wake Up;"
		"System Context Menu;System Main Menu;System App Menu;System Menu Help;"
		"System Menu Exit;System Menu Select;System Menu Right;System Menu Left;"
		"System Menu Up;System Menu Down;System Cold Restart;System Warm Restart;"
		"D-pad Up;D-pad Down;D-pad Right;D-pad Left;Index Trigger;Palm Trigger;"
		"Thumbstick;System Function Shift;System Function Shift Lock;"
		"System Function Shift Lock Indicator;System Dismiss Notification;"
		"System Do Not Disturb"},
	{0xa0,
		"System Dock;System Undock;System Setup;System Break;System Debugger Break;"
		"Application Break;Application Debugger Break;System Speaker Mute;"
		"System Hibernate;System Microphone Mute;System Accessibility Binding"},
	{0xb0,
		"System Display Invert;System Display Internal;System Display External;"
		"System Display Both;System Display Dual;System Display Toggle Int/Ext Mode;"
		"System Display Swap Primary/Secondary;System Display Toggle LCD Autoscale"},
	{0xc0,
		"Sensor Zone;RPM;Coolant Level;Coolant Critical Level;Coolant Pump;"
		"Chassis Enclosure;Wireless Radio Button;Wireless Radio LED;"
		"Wireless Radio Slider Switch;System Display Rotation Lock Button;"
		"System Display Rotation Lock Slider Switch;Control Enable"},
	{0xd0,
		"Dockable Device Unique ID;Dockable Device Vendor ID;"
		"Dockable Device Primary Usage Page;Dockable Device Primary Usage ID;"
		"Dockable Device Docking State;Dockable Device Display Occlusion;"
		"Dockable Device Object Type"},
	{0xe0, "Call Active LED;Call Mute Toggle;Call Mute LED"},
	{0, NULL},
};

static const struct hid_run simulation[] = {
	{0x01,
		"Flight Simulation Device;Automobile Simulation Device;Tank Simulation Device;"
		"Spaceship Simulation Device;Submarine Simulation Device;"
		"Sailing Simulation Device;Motorcycle Simulation Device;"
		"Sports Simulation Device;Airplane Simulation Device;"
		"Helicopter Simulation Device;Magic Carpet Simulation Device;"
		"Bicycle Simulation Device"},
	{0x20,
		"Flight Control Stick;Flight Stick;Cyclic Control;Cyclic Trim;Flight Yoke;"
		"Track Control"},
	{0xb0,
		"Aileron;Aileron Trim;Anti-Torque Control;Autopilot Enable;Chaff Release;"
		"Collective Control;Dive Brake;Electronic Countermeasures;Elevator;"
		"Elevator Trim;Rudder;Throttle;Flight Communications;Flare Release;"
		"Landing Gear;Toe Brake;Trigger;Weapons Arm;Weapons Select;Wing Flaps;"
		"Accelerator;Brake;Clutch;Shifter;Steering;Turret Direction;Barrel Elevation;"
		"Dive Plane;Ballast;Bicycle Crank;Handle Bars;Front Brake;Rear Brake"},
	{0, NULL},
};

static const struct hid_run vr[] = {
	{0x01,
		"Belt;Body Suit;Flexor;Glove;Head Tracker;Head Mounted Display;Hand Tracker;"
		"Oculometer;Vest;Animatronic Device"},
	{0x20, "Stereo Enable;Display Enable"},
	{0, NULL},
};

static const struct hid_run sport[] = {
	{0x01, "Baseball Bat;Golf Club;Rowing Machine;Treadmill"},
	{0x30,
		"Oar;Slope;Rate;Stick Speed;Stick Face Angle;Stick Heel/Toe;"
		"Stick Follow Through;Stick Tempo;Stick Type;Stick Height"},
	{0x50,
		"Putter;1 Iron;2 Iron;3 Iron;4 Iron;5 Iron;6 Iron;7 Iron;8 Iron;9 Iron;10 Iron;"
		"11 Iron;Sand Wedge;Loft Wedge;Power Wedge;1 Wood;3 Wood;5 Wood;7 Wood;9 Wood"},
	{0, NULL},
};

static const struct hid_run game[] = {
	{0x01, "3D Game Controller;Pinball Device;Gun Device"},
	{0x20,
		"Point of View;Turn Right/Left;Pitch Forward/Backward;Roll Right/Left;"
		"Move Right/Left;Move Forward/Backward;Move Up/Down;Lean Right/Left;"
		"Lean Forward/Backward;Height of POV;Flipper;Secondary Flipper;Bump;New Game;"
		"Shoot Ball;Player;Gun Bolt;Gun Clip;Gun Selector;Gun Single Shot;Gun Burst;"
		"Gun Automatic;Gun Safety;Gamepad Fire/Jump;;Gamepad Trigger;"
		"Form-fitting Gamepad"},
	{0, NULL},
};

static const struct hid_run device[] = {
	{0x01, "Background/Nonuser Controls"},
	{0x20,
		"Battery Strength;Wireless Channel;Wireless ID;Discover Wireless Control;"
		"Security Code Character Entered;Security Code Character Erased;"
		"Security Code Cleared;Sequence ID;Sequence ID Reset;RF Signal Strength;"
		"Software Version;Protocol Version;Hardware Version;Major;Minor;Revision;"
		"Handedness;Either Hand;Left Hand;Right Hand;Both Hands"},
	{0x40, "Grip Pose Offset;Pointer Pose Offset"},
	{0, NULL},
};

static const struct hid_run keyboard[] = {
	{0x01,
		"ErrorRollOver;POSTFail;ErrorUndefined;A;B;C;D;E;F;G;H;I;J;K;L;M;N;O;P;Q;R;S;T;"
		"U;V;W;X;Y;Z;1 and !;2 and @;3 and #;4 and $;5 and %;6 and ^;7 and &;8 and *;"
		"9 and (;0 and );Enter;Escape;Backspace;Tab;Space;- and _;= and +;[ and {;"
		"] and };\\ and |;Non-US # and ~;Semicolon and :;' and Quote;` and ~;, and <;"
		". and >;/ and ?;Caps Lock;F1;F2;F3;F4;F5;F6;F7;F8;F9;F10;F11;F12;Print Screen;"
		"Scroll Lock;Pause;Insert;Home;Page Up;Delete;End;Page Down;Right Arrow;"
		"Left Arrow;Down Arrow;Up Arrow;Keypad Num Lock and Clear;Keypad /;Keypad *;"
		"Keypad -;Keypad +;Keypad Enter;Keypad 1 and End;Keypad 2 and Down Arrow;"
		"Keypad 3 and PageDn;Keypad 4 and Left Arrow;Keypad 5;Keypad 6 and Right Arrow;"
		"Keypad 7 and Home;Keypad 8 and Up Arrow;Keypad 9 and PageUp;"
		"Keypad 0 and Insert;Keypad Period and Delete;Non-US \\ and |;Application;"
		"Power;Keypad =;F13;F14;F15;F16;F17;F18;F19;F20;F21;F22;F23;F24;Execute;Help;"
		"Menu;Select;Stop;Again;Undo;Cut;Copy;Paste;Find;Mute;Volume Up;Volume Down;"
		"Locking Caps Lock;Locking Num Lock;Locking Scroll Lock;Keypad Comma;"
		"Keypad Equal Sign;International1;International2;International3;International4;"
		"International5;International6;International7;International8;International9;"
		"LANG1;LANG2;LANG3;LANG4;LANG5;LANG6;LANG7;LANG8;LANG9;Alternate Erase;"
		"SysReq Attention;Cancel;Clear;Prior;Return;Separator;Out;Oper;Clear Again;"
		"CrSel Props;ExSel"},
	{0xb0,
		"Keypad Double 0;Keypad Triple 0;Thousands Separator;Decimal Separator;"
		"Currency Unit;Currency Sub-unit;Keypad Left Bracket;Keypad Right Bracket;"
		"Keypad Left Brace;Keypad Right Brace;Keypad Tab;Keypad Backspace;Keypad A;"
		"Keypad B;Keypad C;Keypad D;Keypad E;Keypad F;Keypad XOR;Keypad Caret;"
		"Keypad Percentage;Keypad Less;Keypad Greater;Keypad Ampersand;"
		"Keypad Double Ampersand;Keypad Bar;Keypad Double Bar;Keypad Colon;Keypad Hash;"
		"Keypad Space;Keypad At;Keypad Bang;Keypad Memory Store;Keypad Memory Recall;"
		"Keypad Memory Clear;Keypad Memory Add;Keypad Memory Subtract;"
		"Keypad Memory Multiply;Keypad Memory Divide;Keypad Plus Minus;Keypad Clear;"
		"Keypad Clear Entry;Keypad Binary;Keypad Octal;Keypad Decimal;"
		"Keypad Hexadecimal;;;Left Control;Left Shift;Left Alt;Left GUI;Right Control;"
		"Right Shift;Right Alt;Right GUI"},
	{0, NULL},
};

static const struct hid_run led[] = {
	{0x01,
		"Num Lock;Caps Lock;Scroll Lock;Compose;Kana;Power;Shift;Do Not Disturb;Mute;"
		"Tone Enable;High Cut Filter;Low Cut Filter;Equalizer Enable;Sound Field On;"
		"Surround On;Repeat;Stereo;Sampling Rate Detect;Spinning;CAV;CLV;"
		"Recording Format Detect;Off-Hook;Ring;Message Waiting;Data Mode;"
		"Battery Operation;Battery OK;Battery Low;Speaker;Headset;Hold;Microphone;"
		"Coverage;Night Mode;Send Calls;Call Pickup;Conference;Stand-by;Camera On;"
		"Camera Off;On-Line;Off-Line;Busy;Ready;Paper-Out;Paper-Jam;Remote;Forward;"
		"Reverse;Stop;Rewind;Fast Forward;Play;Pause;Record;Error;"
		"Usage Selected Indicator;Usage In Use Indicator;Usage Multi Mode Indicator;"
		"Indicator On;Indicator Flash;Indicator Slow Blink;Indicator Fast Blink;"
		"Indicator Off;Flash On Time;Slow Blink On Time;Slow Blink Off Time;"
		"Fast Blink On Time;Fast Blink Off Time;Usage Indicator Color;Indicator Red;"
		"Indicator Green;Indicator Amber;Generic Indicator;System Suspend;"
		"External Power Connected;Indicator Blue;Indicator Orange;Good Status;"
		"Warning Status;RGB LED;Red LED Channel;Blue LED Channel;Green LED Channel;"
		"LED Intensity;System Microphone Mute"},
	{0x60,
		"Player Indicator;Player 1;Player 2;Player 3;Player 4;Player 5;Player 6;"
		"Player 7;Player 8"},
	{0, NULL},
};

static const struct hid_run telephony[] = {
	{0x01,
		"Phone;Answering Machine;Message Controls;Handset;Headset;Telephony Key Pad;"
		"Programmable Button"},
	{0x20,
		"Hook Switch;Flash;Feature;Hold;Redial;Transfer;Drop;Park;Forward Calls;"
		"Alternate Function;Line;Speaker Phone;Conference;Ring Enable;Ring Select;"
		"Phone Mute;Caller ID;Send"},
	{0x50, "Speed Dial;Store Number;Recall Number;Phone Directory"},
	{0x70, "Voice Mail;Screen Calls;Do Not Disturb;Message;Answer On/Off"},
	{0x90,
		"Inside Dial Tone;Outside Dial Tone;Inside Ring Tone;Outside Ring Tone;"
		"Priority Ring Tone;Inside Ringback;Priority Ringback;Line Busy Tone;"
		"Reorder Tone;Call Waiting Tone;Confirmation Tone 1;Confirmation Tone 2;"
		"Tones Off;Outside Ringback;Ringer"},
	{0xb0,
		"Phone Key 0;Phone Key 1;Phone Key 2;Phone Key 3;Phone Key 4;Phone Key 5;"
		"Phone Key 6;Phone Key 7;Phone Key 8;Phone Key 9;Phone Key Star;"
		"Phone Key Pound;Phone Key A;Phone Key B;Phone Key C;Phone Key D;"
		"Phone Call History Key;Phone Caller ID Key;Phone Settings Key"},
	{0xf0,
		"Host Control;Host Available;Host Call Active;Activate Handset Audio;Ring Type;"
		"Re-dialable Phone Number;;;Stop Ring Tone;PSTN Ring Tone;Host Ring Tone;"
		"Alert Sound Error;Alert Sound Confirm;Alert Sound Notification;Silent Ring"},
	{0x108, "Email Message Waiting;Voicemail Message Waiting;Host Hold"},
	{0x110,
		"Incoming Call History Count;Outgoing Call History Count;Incoming Call History;"
		"Outgoing Call History;Phone Locale"},
	{0x140,
		"Phone Time Second;Phone Time Minute;Phone Time Hour;Phone Date Day;"
		"Phone Date Month;Phone Date Year;Handset Nickname;Address Book ID;;;"
		"Call Duration;Dual Mode Phone"},
	{0, NULL},
};

const struct hid_page hid_pages_input[] = {
	{0x0001, "Generic Desktop", desktop},
	{0x0002, "Simulation Controls", simulation},
	{0x0003, "VR Controls", vr},
	{0x0004, "Sport Controls", sport},
	{0x0005, "Game Controls", game},
	{0x0006, "Generic Device Controls", device},
	{0x0007, "Keyboard/Keypad", keyboard},
	{0x0008, "LED", led},
	{0x000b, "Telephony Device", telephony},
	{0, NULL, NULL},
};
